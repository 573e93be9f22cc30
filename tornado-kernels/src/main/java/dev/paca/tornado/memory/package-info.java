/** The host's side of the device's arrays. */
@NullMarked
package dev.paca.tornado.memory;

import org.jspecify.annotations.NullMarked;
