/** Llama-style models on the CPU: from a GGUF file to text. */
@NullMarked
package dev.paca.model;

import org.jspecify.annotations.NullMarked;
