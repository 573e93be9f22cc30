/** The commands of the program, one class each. */
@NullMarked
package dev.paca.chat.command;

import org.jspecify.annotations.NullMarked;
