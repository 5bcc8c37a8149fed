/* The same program as C++: C linkage of every declaration it uses. */
#include "include.c"
