/**
 * A fuzz target: one function that takes any bytes and aborts when a promise is broken.
 * Built for libFuzzer (--enable-fuzz), or with replay.c, whose main() feeds it the
 * corpus.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Reads a file of the source tree, zero-terminated; the caller frees. Or aborts. */
char *fuzz_read_source(const char *path, size_t *len);

/** Prints what is wrong and aborts. */
void fuzz_fail(const char *what) __attribute__((noreturn));

#endif
