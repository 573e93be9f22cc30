/** The pool, caches and steps whose bytes live in the memory of this process. */
@NullMarked
package dev.paca.kv.host;

import org.jspecify.annotations.NullMarked;
