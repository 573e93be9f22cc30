/** Conversations: messages on one side, the tokens of a session on the other. */
@NullMarked
package dev.paca.model.chat;

import org.jspecify.annotations.NullMarked;
