/** Attention over pages: what one query run reads, partial results and how they merge, and the scalar kernel that defines the truth. */
@NullMarked
package dev.paca.kv.attention;

import org.jspecify.annotations.NullMarked;
