// Stands for stderr in archives that could not be linked otherwise (cmake/codecs.cmake). Nothing is
// written to it: all messages of the libraries have handlers of ours.
#include <cstdio>

extern "C" {
extern FILE* tfjs_native_standard_error;
FILE* tfjs_native_standard_error = stderr;
}
