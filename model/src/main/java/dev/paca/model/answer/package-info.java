/** What a model's answer consists of: thinking, text and tool calls, told apart while it is being written. */
@NullMarked
package dev.paca.model.answer;

import org.jspecify.annotations.NullMarked;
