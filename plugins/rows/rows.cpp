// libmillrace-rows.so: the rows of datasets, for the attempt program, which loads it when an operator asks for them first.
//
// No plugin: it has one exported function of its own, and its name keeps it out of the search for plugins.
#include "rows/rows.h"

#include "data/row_stream.hpp"

int millrace_rows_open_1(const mr_host* host, mr_text dataset, mr_text options_json, struct ArrowArrayStream* out) {
  return mr::data::open_rows(*host, {dataset.data, dataset.size}, {options_json.data, options_json.size}, *out);
}
