/** Which pages or tokens a query reads. */
@NullMarked
package dev.paca.kv.select;

import org.jspecify.annotations.NullMarked;
