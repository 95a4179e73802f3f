<?php
// SPDX-License-Identifier: MIT
//
// php.php - work for php.sh: one part for each extension, named as the extension
// is. All of them are loaded with RTLD_DEEPBIND, and hand blocks of malloc to and
// from php and the libraries behind them.

$parts = [
	'core' => function () {
		$words = [];
		for ($i = 0; $i < 100000; $i++)
			$words[] = str_repeat(chr(97 + $i % 26), $i % 90);
		sort($words);
		echo count(array_unique($words)), ' ', md5(serialize($words)), "\n";
		echo preg_match_all('/(a+)(b*)/', implode(' ', $words)), "\n";
		echo md5(json_encode(json_decode(json_encode($words)))), "\n";
		setlocale(LC_ALL, 'C');
		putenv('PHP_TEST=' . str_repeat('v', 500));
		echo strlen(getenv('PHP_TEST')), ' ', crypt('x', '$6$salt$'), "\n";
		echo strlen(shell_exec('seq 20000')), "\n";
	},
	'pdo_sqlite' => function () {
		$db = new PDO('sqlite::memory:');
		$db->exec('create table t(a integer primary key, b text)');
		$row = $db->prepare('insert into t(b) values(?)');
		for ($i = 0; $i < 3000; $i++)
			$row->execute([str_repeat(chr(97 + $i % 26), $i % 500)]);
		$db->sqliteCreateFunction('twice', fn ($x) => $x . $x, 1);
		echo $db->query('select sum(length(twice(b))) from t')
			->fetchColumn(), "\n";
		try {
			$db->query('select nothing');
		} catch (PDOException $e) {
			echo $e->getMessage(), "\n";
		}
	},
	'pdo_mysql' => function () {
		try {
			new PDO('mysql:unix_socket=/nowhere', 'u', 'p');
		} catch (PDOException $e) {
			echo $e->getMessage(), "\n";
		}
		echo implode(' ', PDO::getAvailableDrivers()) !== '', "\n";
	},
	'dom' => function () {
		$tree = new DOMDocument;
		$root = $tree->appendChild($tree->createElement('r'));
		for ($i = 0; $i < 3000; $i++)
			$root->appendChild($tree->createElement('e', (string)$i));
		$text = $tree->saveXML();
		echo md5($text), ' ', simplexml_load_string($text)->count(), "\n";
		echo (new DOMXPath($tree))->query('//e[. > 2000]')->length, "\n";
		libxml_use_internal_errors(true);
		$tree->loadXML('<a><b></a>');
		echo libxml_get_errors()[0]->message;
	},
	'xsl' => function () {
		$sheet = new DOMDocument;
		$sheet->loadXML('<xsl:stylesheet version="1.0"
			xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
			<xsl:template match="/"><n><xsl:value-of
			select="count(//e)"/></n></xsl:template></xsl:stylesheet>');
		$processor = new XSLTProcessor;
		$processor->importStylesheet($sheet);
		$tree = new DOMDocument;
		$tree->loadXML('<r>' . str_repeat('<e/>', 3000) . '</r>');
		echo $processor->transformToXml($tree);
	},
	'mbstring' => function () {
		$text = str_repeat('Grüße ', 5000);
		echo md5(mb_strtoupper($text, 'UTF-8')), ' ',
			md5(mb_convert_encoding($text, 'UTF-16')), ' ',
			mb_ereg_replace('ü+', 'ue', 'Grüße'), "\n";
	},
	'intl' => function () {
		$words = ['z', 'ä', 'a', 'o', 'ö'];
		(new Collator('de_DE'))->sort($words);
		echo implode(',', $words), ' ',
			(new NumberFormatter('de_DE', NumberFormatter::DECIMAL))
			->format(1234567.891), "\n";
		for ($i = 0; $i < 300; $i++)
			$last = new IntlDateFormatter('en_US', IntlDateFormatter::FULL,
				IntlDateFormatter::NONE, 'UTC');
		echo $last->format(0), "\n";
		echo md5(Normalizer::normalize(str_repeat("a\u{308}", 9999))), "\n";
		echo Transliterator::create('Any-Latin; Latin-ASCII')
			->transliterate('Москва'), "\n";
	},
	'FFI' => function () {
		$c = FFI::cdef('char *strdup(const char *); void free(void *);',
			'libc.so.6');
		for ($i = 0; $i < 1000; $i++) {
			$text = $c->strdup(str_repeat('x', $i));
			$sum = ($sum ?? 0) + strlen(FFI::string($text));
			$c->free($text);
		}
		echo $sum, "\n";
	},
	'pcntl' => function () {
		echo "forks\n";
		for ($i = 0; $i < 5; $i++) {
			$pid = pcntl_fork();
			if (!$pid)
				exit(array_sum(range(1, 50000 + $i)) % 251);
			pcntl_waitpid($pid, $status);
			echo pcntl_wexitstatus($status), "\n";
		}
	},
	'zlib' => function () {
		$text = implode(',', range(1, 60000));
		echo md5(gzuncompress(gzcompress($text))), ' ',
			strlen(gzencode($text, 9)), "\n";
	},
	'openssl' => function () {
		echo md5(openssl_encrypt(str_repeat('abc', 9999), 'aes-128-cbc',
			str_repeat('k', 16), 0, str_repeat('i', 16))), "\n";
		$key = openssl_pkey_new(['private_key_bits' => 1024]);
		openssl_sign('text', $signature, $key);
		echo openssl_verify('text', $signature,
			openssl_pkey_get_details($key)['key']), "\n";
	},
];

$parts[$argv[1]]();
