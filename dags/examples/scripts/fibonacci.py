"""Functions that python.yaml calls. What they return becomes the outputs of their tasks."""
import millrace


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def first(count):
    print(f"the first {count} numbers of Fibonacci")
    return {"numbers": [fibonacci(n) for n in range(count)], "last": count - 1}


def total(numbers):
    millrace.progress(0.5, "half of the way")
    return sum(numbers)
