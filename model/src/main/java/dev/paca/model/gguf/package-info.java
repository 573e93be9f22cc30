/** GGUF files: metadata and tensors, mapped, never copied. */
@NullMarked
package dev.paca.model.gguf;

import org.jspecify.annotations.NullMarked;
