/** What is known of a page without reading it, and scores made of that. */
@NullMarked
package dev.paca.kv.index;

import org.jspecify.annotations.NullMarked;
