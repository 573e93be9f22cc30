/** The kernels on the Vector API; the only package of this module that names it. */
@NullMarked
package dev.paca.model.kernels.vector;

import org.jspecify.annotations.NullMarked;
