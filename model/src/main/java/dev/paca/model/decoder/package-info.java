/** The seam between the loop that makes tokens and the machine that runs the model; its own package, so that the facade above may use both sides. */
@NullMarked
package dev.paca.model.decoder;

import org.jspecify.annotations.NullMarked;
