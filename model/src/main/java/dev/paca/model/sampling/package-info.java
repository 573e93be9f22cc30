/** From a row of logits to a token, and from tokens to text that is never taken back. */
@NullMarked
package dev.paca.model.sampling;

import org.jspecify.annotations.NullMarked;
