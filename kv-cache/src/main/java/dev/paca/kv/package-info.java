/**
 * The KV cache of a Llama-style model: pages, page tables, how a page is stored, what is read of it, and what is kept.
 *
 * <p>Nothing here knows of models or tokens' meaning, and nothing is imported but the JDK.
 */
@NullMarked
package dev.paca.kv;

import org.jspecify.annotations.NullMarked;
