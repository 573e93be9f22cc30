/** Flags, with llama.cpp's names, defaults and environment variables where llama.cpp has the flag. */
@NullMarked
package dev.paca.chat.option;

import org.jspecify.annotations.NullMarked;
