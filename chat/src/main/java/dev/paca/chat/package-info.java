/** The command line program: one-shot answers, the chat, and the commands around them. */
@NullMarked
package dev.paca.chat;

import org.jspecify.annotations.NullMarked;
