/** Weights as they lie on the device. */
@NullMarked
package dev.paca.tornado.weights;

import org.jspecify.annotations.NullMarked;
