/** Tokens of the bundled model's vocabulary. */
@NullMarked
package dev.paca.tests.tokens;

import org.jspecify.annotations.NullMarked;
