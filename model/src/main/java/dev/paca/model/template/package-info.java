/** Conversations and the templates that turn them into a prompt. */
@NullMarked
package dev.paca.model.template;

import org.jspecify.annotations.NullMarked;
