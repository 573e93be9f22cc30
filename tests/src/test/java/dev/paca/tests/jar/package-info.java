/** The executable jar, run as a user runs it. Needs it packaged: {@code mvn verify}. */
@NullMarked
package dev.paca.tests.jar;

import org.jspecify.annotations.NullMarked;
