/**
 * From text to token ids and back, as the model's own vocabulary says.
 *
 * <p>A {@link dev.paca.model.tokenizer.Tokenizer} first cuts out special tokens, then gives the text between them to one of
 * two families: byte-level BPE, which cuts words first, or SentencePiece. Both merge neighbours in the same way, and a
 * merge is found by ids or by bytes, never by building strings.
 */
@NullMarked
package dev.paca.model.tokenizer;

import org.jspecify.annotations.NullMarked;
