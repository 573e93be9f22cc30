/** The arithmetic of the forward pass on the CPU: one facade, a scalar implementation that defines what is right, and one on the Vector API. */
@NullMarked
package dev.paca.model.kernels;

import org.jspecify.annotations.NullMarked;
