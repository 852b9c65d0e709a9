"""Runs functions of Python files, one after the other, for the plugin that started this interpreter.

A request comes over descriptor 3 and is answered before the next one is read. A frame is four letters, a length and JSON: what a
function writes there by mistake is no frame. Between two attempts everything that can be put back is put back; where that is not
possible the answer says so, and the plugin starts another interpreter. Python 3.9 or later, and nothing but its own library.
"""
import _thread
import functools
import importlib
import inspect
import json
import linecache
import os
import re
import signal
import sys
import threading
import time
import traceback
import types

SOCKET, MAGIC = 3, b"MRPY"
MOST_BYTES = 1 << 20  # of a frame from here; the plugin takes no more
MOST_LINE = 500  # of an exception's message in the failure; all of it is in the log
MOST_FRAMES = 50  # of a traceback
LEVELS = ("debug", "info", "warn", "error")


class FinalError(Exception):
    """The attempt fails, and trying again is pointless."""

    def __init__(self, message="", hint=""):
        super().__init__(message)
        self.hint = hint


class RetryError(Exception):
    """The attempt fails, and trying again may help."""

    def __init__(self, message="", error_class="transient"):
        super().__init__(message)
        self.error_class = error_class


class Skipped(Exception):
    """There is nothing to do: the task is skipped."""


class Cancelled(BaseException):
    """The attempt is to stop. No Exception, so that `except Exception` does not swallow it."""


for own in (FinalError, RetryError, Skipped, Cancelled):
    own.__module__ = "millrace"


class Refused(Exception):
    """The function could not be called."""

    def __init__(self, problem, what, where=""):
        super().__init__(what)
        self.problem, self.where = problem, where


# --- frames ---------------------------------------------------------------------------------------------------------------


def read_exactly(size):
    data = bytearray()
    while len(data) < size:
        part = os.read(SOCKET, size - len(data))
        if not part:
            os.killpg(0, signal.SIGKILL)  # the plugin is gone; so is everything that was started here
        data += part
    return bytes(data)


def receive():
    head = read_exactly(8)
    return json.loads(read_exactly(int.from_bytes(head[4:], "big")))


def encoded(value, errors="strict"):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", errors)


def send(body):
    if len(body) > MOST_BYTES:
        raise ValueError("larger than 1 MiB")
    rest = memoryview(MAGIC + len(body).to_bytes(4, "big") + body)
    while rest:
        rest = rest[os.write(SOCKET, rest):]


def call(**message):
    """Tells the plugin something, and waits until it has it: so lines of the log and prints keep their order."""
    if os.getpid() != PID:
        raise RuntimeError("only the attempt's own process can speak to Millrace")
    body = encoded(message, "replace")
    with LOCK:
        flush()
        send(body)
        answer = receive()
    if answer.get("error"):
        raise ValueError(answer["error"])
    return answer.get("kept")


# --- what `import millrace` gives -----------------------------------------------------------------------------------------


def log(level, text):
    if level not in LEVELS:
        raise ValueError("a level is one of " + ", ".join(LEVELS))
    call(kind="log", level=LEVELS.index(level) + 1, text=str(text)[:100_000])


def progress(fraction, note=""):
    call(kind="progress", fraction=float(fraction), note=str(note)[:1000])


def save_checkpoint(value):
    """Keeps a small JSON value for the task's next attempt. False: this Millrace keeps none."""
    return bool(call(kind="save", value=value))


def helper(checkpoint):
    module = types.ModuleType("millrace", "What a function can say to Millrace while it runs.")
    for thing in (FinalError, RetryError, Skipped, Cancelled, log, progress, save_checkpoint):
        setattr(module, thing.__name__, thing)
    module.checkpoint = lambda: checkpoint
    return module


# --- one attempt ----------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=8)
def compiled(source, path):
    return compile(source, path, "exec", dont_inherit=True)


def load(path):
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise Refused("file", f"can't read the Python file: {error.strerror}") from None
    try:
        code = compiled(source, path)
    except (SyntaxError, ValueError) as error:  # ValueError: a NUL in the source
        line = getattr(error, "lineno", None)
        show(error)
        raise Refused("syntax", f"the Python file has a mistake: {getattr(error, 'msg', error)}", f":{line}" if line else "") from None
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:
        name = "millrace_file_" + name  # json.py of a user must not take the place of ours
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


def run(path, name, args):
    function = getattr(load(path), name, None)
    if not callable(function):
        raise Refused("function", f"the Python file has no function {name!r}")
    try:
        inspect.signature(function).bind(**args)
    except TypeError as error:
        raise Refused("arguments", f"the arguments don't fit {name}(): {error}") from None
    except ValueError:
        pass  # written in C, and without a signature
    return function(**args)


def own_frames(error):
    at = error.__traceback__
    while at and at.tb_frame.f_code.co_filename == __file__:
        at = at.tb_next
    return at


def show(error):
    text = "".join(traceback.format_exception(type(error), error, own_frames(error), limit=-MOST_FRAMES))
    log("error", text.rstrip("\n"))


def line_in(error, path):
    """Where the exception passed through the user's file last."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == path]
    return f":{lines[-1]}" if lines else ""


def leaves(value):
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leaves(inner)
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield from {str(value), repr(value).strip("'\"")} - {""}


def masked(text, args):
    """An exception may quote what it was given; a failure is kept and shown, so values of arguments stay out of it."""
    for leaf in sorted({leaf for leaf in leaves(args) if leaf in text}, key=len, reverse=True):
        pattern = re.escape(leaf)
        text = re.sub(pattern if len(leaf) > 5 else rf"(?<!\w){pattern}(?!\w)", "***", text)
    return text


def first_line(error):
    try:
        return (str(error).splitlines() or [""])[0][:MOST_LINE]
    except Exception:
        return ""


def failed(problem, what, where="", **more):
    return {"outcome": "failed", "problem": problem, "what": what, "where": where, **more}


def raised(error, request):
    """What becomes of an exception of the function."""
    path, line = request["path"], first_line(error)
    if isinstance(error, Cancelled):
        return {"outcome": "cancelled"}
    if isinstance(error, Skipped):
        return {"outcome": "skipped", "what": line}
    if isinstance(error, Refused):
        return failed(error.problem, line, error.where)
    show(error)
    if isinstance(error, FinalError):
        return failed("final", line or "the function gave up", line_in(error, path), hint=str(getattr(error, "hint", "")))
    if isinstance(error, RetryError):
        return failed("retry", line or "the function asks for another try", line_in(error, path), error_class=str(getattr(error, "error_class", "transient")))
    name, line = type(error).__name__, masked(line, request["args"])
    hint = "list its package under requirements" if isinstance(error, ModuleNotFoundError) else ""
    return failed("exception", f"{name}: {line}" if line else name, line_in(error, path), error_class="python/" + name, hint=hint)


def has_long_integer(value):
    """JSON of Millrace holds integers of 64 bits; a longer one would silently become a float."""
    if isinstance(value, int):
        return not -(2**63) <= value < 2**63
    return any(map(has_long_integer, value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()))


def answer(request):
    global running, stopped
    try:
        prepare(request)
        running = True
        if stopped:
            raise Cancelled()
        value = run(request["path"], request["function"], request["args"])
        running = False
    except BaseException as error:
        running = stopped = False
        leave_if_forked()
        return raised(error, request)
    leave_if_forked()
    try:
        size = len(encoded(value))
    except (TypeError, ValueError, RecursionError) as error:  # UnicodeEncodeError, a lone surrogate, is a ValueError
        return failed("value", f"the return value is not JSON: {'' if isinstance(error, UnicodeError) else first_line(error)}".rstrip(": "))
    if has_long_integer(value):
        return failed("value", "the return value holds an integer of more than 64 bits", hint="return it as a text")
    if size > MOST_BYTES - 1000:
        return failed("size", "the return value is larger than 256 KiB")
    return {"outcome": "returned", "value": value}


def leave_if_forked():
    if os.getpid() != PID:  # a child that os.fork() made, and that came back here: the answer is not its to give
        flush()
        os._exit(0)


# --- between attempts -----------------------------------------------------------------------------------------------------


def flush():
    for stream in (sys.stdout, sys.stderr, STREAMS[1], STREAMS[2]):
        try:
            stream.flush()
        except Exception:
            pass  # replaced or closed by the function


def prepare(request):
    os.environ = ENVIRON
    ENVIRON.clear()
    ENVIRON.update(request["env"])
    time.tzset()
    sys.path[:] = [os.path.dirname(request["path"]), *PATHS]
    sys.argv[:] = [request["path"]]
    sys.modules["millrace"] = helper(request["checkpoint"])
    importlib.invalidate_caches()
    os.chdir(request["work_folder"] or "/")


def files_of_streams():
    return [(found.st_dev, found.st_ino) for found in map(os.fstat, (1, 2))]


def has_children():
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
        return True
    except ChildProcessError:
        return False


def handlers():
    return [signal.getsignal(number) for number in SIGNALS]


def as_before():
    return not (_thread._count() or has_children() or STREAMS[1].closed or STREAMS[2].closed or files_of_streams() != FILES
                or handlers() != HANDLERS or signal.getitimer(signal.ITIMER_REAL)[0])


def lies_in(module, folders):
    try:
        place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
        return os.path.abspath(place).startswith(folders) if place else False
    except Exception:
        return False


def forget_modules(folders):
    """Modules of the Dag's folder are loaded anew each time; those of the environment stay."""
    for name, module in list(sys.modules.items()):
        if name in STAYING:
            continue
        if lies_in(module, folders):
            sys.modules.pop(name, None)
        else:
            STAYING.add(name)
    linecache.clearcache()


def tidy(request):
    """Puts things back; False when something can't be."""
    try:
        flush()
        sys.stdin, sys.stdout, sys.stderr = STREAMS
        forget_modules(tuple(os.path.abspath(folder) + os.sep for folder in (request["folder"], os.path.dirname(request["path"])) if folder))
        os.chdir("/")
        os.umask(UMASK)
        return as_before()
    except Exception:
        return False


def on_term(number, frame):
    global stopped
    if running:
        raise Cancelled()
    stopped = True  # before the function has begun


def hold_term():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def let_term():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def let_term_in_child():
    """A forked child dies of the signal at once: in Python, it would miss one that comes while it is about to wait inside C."""
    if signal.getsignal(signal.SIGTERM) is on_term:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    let_term()


def serve():
    send(encoded({"kind": "ready"}))
    while True:
        request = receive()
        said = answer(request)
        reuse = tidy(request)
        send(encoded({"kind": "done", "reuse": reuse, **said}, "replace"))


os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # it was this file
os.set_inheritable(SOCKET, False)
sys.stdin = open(0, encoding="utf-8", closefd=False)
sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")
sys.dont_write_bytecode = True  # a Dag's folder is not ours to write to
signal.signal(signal.SIGTERM, on_term)
os.register_at_fork(before=hold_term, after_in_parent=let_term, after_in_child=let_term_in_child)

__file__ = "<stdin>"
PID, LOCK, running, stopped = os.getpid(), threading.RLock(), False, False
ENVIRON, PATHS, UMASK = os.environ, [path for path in sys.path if path], os.umask(0o022)
STREAMS, FILES = (sys.stdin, sys.stdout, sys.stderr), files_of_streams()
SIGNALS = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
HANDLERS, STAYING = handlers(), set(sys.modules)
os.umask(UMASK)
serve()
