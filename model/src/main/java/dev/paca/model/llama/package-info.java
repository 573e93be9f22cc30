/** Llama and its relatives: their shape, their weights, and their forward pass on the CPU. */
@NullMarked
package dev.paca.model.llama;

import org.jspecify.annotations.NullMarked;
