/** The rules between the modules and packages. */
@NullMarked
package dev.paca.tests.house;

import org.jspecify.annotations.NullMarked;
