/** Which tokens of a layer are kept: what is remembered of the attention they got, and the choice made of that. */
@NullMarked
package dev.paca.kv.evict;

import org.jspecify.annotations.NullMarked;
