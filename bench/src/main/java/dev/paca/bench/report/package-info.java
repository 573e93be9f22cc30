/** Results as a page for people. */
@NullMarked
package dev.paca.bench.report;

import org.jspecify.annotations.NullMarked;
