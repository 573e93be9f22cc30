/** Parts of a forward pass by themselves on a device. */
@NullMarked
package dev.paca.bench.part;

import org.jspecify.annotations.NullMarked;
