/** Talking with a model: one answer, or the read-answer loop with its commands. */
@NullMarked
package dev.paca.chat.talk;

import org.jspecify.annotations.NullMarked;
