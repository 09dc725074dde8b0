/**
 * Captions of many pictures on Apache Spark.
 *
 * <p>{@link dev.loupe.spark.LoupeCaptioner} is the Java API and a Spark ML transformer, {@link
 * dev.loupe.spark.LoupeExtensions} the SQL function {@code loupe_caption}, and {@link
 * dev.loupe.spark.CaptionPictures} a main class for {@code spark-submit}.
 *
 * <p>An executor has one model for all of its tasks. The same picture, prompt and settings give the
 * same caption in every task, try and executor, and in the command line: so a speculative or
 * repeated task changes nothing, nor do order and partitioning.
 */
package dev.loupe.spark;
