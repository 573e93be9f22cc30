/** Whether what benchmarks time is right. */
@NullMarked
package dev.paca.tests.bench;

import org.jspecify.annotations.NullMarked;
