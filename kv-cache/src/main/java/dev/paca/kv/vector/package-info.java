/** Attention on the Vector API. The only package of this module that names {@code jdk.incubator.vector}. */
@NullMarked
package dev.paca.kv.vector;

import org.jspecify.annotations.NullMarked;
