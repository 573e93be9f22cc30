/** Parts of a forward pass that run by themselves on a device, to be measured. */
@NullMarked
package dev.paca.model.part;

import org.jspecify.annotations.NullMarked;
