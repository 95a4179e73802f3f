// SPDX-License-Identifier: MIT
// Load.java - a deterministic load for java.sh: threads, collections by the
// garbage collector, direct buffers, zlib: what the JVM takes from malloc.
// zlib by direct buffers only: on arrays it holds the collector off, and then
// a small heap may run out under load, whatever the allocator.
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

public class Load {
	static long objects(int seed) {
		Random rnd = new Random(seed);
		HashMap<Integer, byte[]> live = new HashMap<>();
		CRC32 crc = new CRC32();

		for (int i = 0; i < 60000; i++) {
			int key = rnd.nextInt(2000);

			if (rnd.nextInt(3) == 0)
				live.remove(key);
			else
				live.put(key, new byte[rnd.nextInt(3000)]);
		}
		for (int key = 0; key < 2000; key++) {
			byte[] data = live.get(key);

			crc.update(data == null ? 7 : data.length);
		}
		return crc.getValue();
	}

	static long natives(int seed) throws Exception {
		Random rnd = new Random(seed);
		CRC32 crc = new CRC32();

		for (int i = 0; i < 30; i++) {
			ByteBuffer direct = ByteBuffer.allocateDirect(
				1 + rnd.nextInt(200000));
			while (direct.remaining() >= 4)
				direct.putInt(direct.position() * 31 + i);
			direct.flip();
			ByteBuffer small = ByteBuffer.allocateDirect(
				direct.remaining() + 1000);
			ByteBuffer back = ByteBuffer.allocateDirect(
				direct.remaining());
			Deflater deflater = new Deflater(1);
			deflater.setInput(direct);
			deflater.finish();
			deflater.deflate(small);
			deflater.end();
			Inflater inflater = new Inflater();
			inflater.setInput(small.flip());
			inflater.inflate(back);
			inflater.end();
			back.flip();
			crc.update(back);
		}
		return crc.getValue();
	}

	public static void main(String[] args) throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(8);
		List<Future<Long>> results = new ArrayList<>();

		for (int i = 0; i < 10; i++) {
			final int seed = i;
			results.add(pool.submit((Callable<Long>) () -> objects(seed)));
			results.add(pool.submit((Callable<Long>) () -> natives(seed)));
		}
		for (Future<Long> result : results)
			System.out.println(result.get());
		pool.shutdown();
		System.gc();
		Thread[] threads = new Thread[200];
		long[] sums = new long[threads.length];
		for (int i = 0; i < threads.length; i++) {
			final int n = i;
			threads[i] = new Thread(() -> sums[n] = new int[n + 1].length);
			threads[i].start();
		}
		long total = 0;
		for (int i = 0; i < threads.length; i++) {
			threads[i].join();
			total += sums[i];
		}
		System.out.println("threads " + total);
	}
}
