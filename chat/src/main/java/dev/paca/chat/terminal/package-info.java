/** The three standard streams: tokens to one, everything else to another, and what a terminal can show beyond that. */
@NullMarked
package dev.paca.chat.terminal;

import org.jspecify.annotations.NullMarked;
