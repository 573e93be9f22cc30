/** Charts as SVG, in colours that the page around them chooses. */
@NullMarked
package dev.paca.bench.chart;

import org.jspecify.annotations.NullMarked;
