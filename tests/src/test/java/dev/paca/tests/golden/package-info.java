/** The whole model against what an independent implementation computed. */
@NullMarked
package dev.paca.tests.golden;

import org.jspecify.annotations.NullMarked;
