/** Questions about long texts, made from a seed, with answers that can be checked. */
@NullMarked
package dev.paca.bench.task;

import org.jspecify.annotations.NullMarked;
