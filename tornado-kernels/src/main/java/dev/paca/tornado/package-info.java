/** The decoder on a GPU: TornadoVM compiles it to PTX or OpenCL. */
@NullMarked
package dev.paca.tornado;

import org.jspecify.annotations.NullMarked;
