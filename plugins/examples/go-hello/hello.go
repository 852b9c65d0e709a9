// An operator in Go: the work is here, the tables of the contract are in table.c.
package main

/*
#include <stdlib.h>
#include "host.h"
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"runtime/cgo"
	"unsafe"
)

type hello struct {
	host  *C.mr_host
	Name  string `json:"name"`
	Times int    `json:"times"`
}

func (h *hello) log(level C.mr_level, line string) {
	text := C.CString(line)
	defer C.free(unsafe.Pointer(text))
	C.host_log(h.host, level, text, C.size_t(len(line)))
}

func (h *hello) output(key string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	name, text := C.CString(key), C.CString(string(encoded))
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(text))
	if C.host_output(h.host, name, C.size_t(len(key)), text, C.size_t(len(encoded))) != 0 {
		return fmt.Errorf("the host refused the output %q", key)
	}
	return nil
}

func (h *hello) run() C.mr_outcome {
	for i := 0; i < h.Times; i++ {
		if C.host_cancelled(h.host) != 0 {
			return C.MR_CANCELLED
		}
		h.log(C.MR_INFO, "hello "+h.Name+", from Go")
	}
	if err := h.output("greeted", h.Name); err != nil {
		h.log(C.MR_ERROR, err.Error())
		return C.MR_FAILED_FINAL
	}
	return C.MR_SUCCEEDED
}

//export goCreate
func goCreate(data *C.char, size C.size_t, host *C.mr_host) C.uintptr_t {
	h := &hello{host: host, Times: 1}
	if err := json.Unmarshal(C.GoBytes(unsafe.Pointer(data), C.int(size)), h); err != nil || h.Name == "" {
		h.log(C.MR_ERROR, "the config is not {name, times}")
		return 0
	}
	return C.uintptr_t(cgo.NewHandle(h))
}

//export goRun
func goRun(instance C.uintptr_t) (outcome C.mr_outcome) {
	h := cgo.Handle(instance).Value().(*hello)
	defer func() {
		if problem := recover(); problem != nil {
			h.log(C.MR_ERROR, fmt.Sprint(problem))
			outcome = C.MR_FAILED_RETRY
		}
	}()
	return h.run()
}

//export goDestroy
func goDestroy(instance C.uintptr_t) {
	cgo.Handle(instance).Delete()
}

func main() {} // a shared library has one, and never calls it
