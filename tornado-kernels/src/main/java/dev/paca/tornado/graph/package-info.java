/** Task graphs: what runs on the device for a step, and in which arrays. */
@NullMarked
package dev.paca.tornado.graph;

import org.jspecify.annotations.NullMarked;
