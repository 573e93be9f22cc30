/** From text to token ids and back, as the model's own vocabulary says. */
@NullMarked
package dev.paca.model.tokenizer;

import org.jspecify.annotations.NullMarked;
