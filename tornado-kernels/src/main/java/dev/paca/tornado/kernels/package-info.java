/**
 * The kernels, as static methods that TornadoVM compiles, and the small functions that they are made of. They keep to the
 * subset that OpenCL and PTX both compile rightly: no bit casts, shifts of non-negative numbers only (or masked after), no
 * compound conditions, no tables, sentinels instead of infinities. A number passed as a plain {@code int} is a constant of
 * the compiled kernel; what changes from step to step comes in an array.
 */
@NullMarked
package dev.paca.tornado.kernels;

import org.jspecify.annotations.NullMarked;
