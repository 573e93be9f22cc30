/** Page tables, references and accounting of a pool whose bytes lie on a device. */
@NullMarked
package dev.paca.tornado.pool;

import org.jspecify.annotations.NullMarked;
