<?php echo "php-plain";
