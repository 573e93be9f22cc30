/** JSON as a value: read, printed, exact, and safe against hostile text. */
@NullMarked
package dev.paca.model.json;

import org.jspecify.annotations.NullMarked;
