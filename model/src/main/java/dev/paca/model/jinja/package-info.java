/**
 * An interpreter for the Jinja that chat templates are written in, with the settings that Hugging Face renders them
 * with: {@code trim_blocks} and {@code lstrip_blocks} on, {@code keep_trailing_newline} off, no escaping of HTML,
 * values that cannot be changed. Written after the Jinja template designer documentation, version 3.1, and compared
 * with its reference implementation.
 *
 * <p>Templates are foreign code: every rendering is bounded in steps, text and depth.
 */
@NullMarked
package dev.paca.model.jinja;

import org.jspecify.annotations.NullMarked;
